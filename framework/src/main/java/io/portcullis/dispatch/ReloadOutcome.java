// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

/** What came of a look into the files of a profile, if they had changed. */
public enum ReloadOutcome {
    /** Other certificates were taken. */
    CERTIFICATES,
    /** Other trust was taken, and perhaps other certificates. */
    TRUST,
    /** Something is wrong with the files, so nothing was taken; counted with each look until they are mended. */
    FAILED
}
