// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

/** A promise was broken. */
final class Violation extends AssertionError {
    private static final long serialVersionUID = 1;

    private final String promise;

    /**
     * A promise was broken.
     *
     * @param promise which, always in the same words: by them a shorter program is known to break the same one
     * @param details what has happened in its place
     */
    Violation(String promise, String details) {
        super(promise + ": " + details);
        this.promise = promise;
    }

    /** Which. */
    String promise() {
        return promise;
    }
}
