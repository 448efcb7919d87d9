// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

/** The outcome of reloading the files of a profile after they have changed. */
public enum ReloadOutcome {
    /** New certificates were loaded. */
    CERTIFICATES,
    /** New trust was loaded, and possibly new certificates. */
    TRUST,
    /** The files are invalid, so nothing was loaded; counted at each check until they are fixed. */
    FAILED
}
