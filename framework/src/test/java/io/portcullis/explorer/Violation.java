// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

/** A promise was broken. */
final class Violation extends AssertionError {
    private static final long serialVersionUID = 1;

    private final String promise;

    /**
     * A promise was broken.
     *
     * @param promise which one, always in the same words: a reduced program must break the same one
     * @param details what has happened instead
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
