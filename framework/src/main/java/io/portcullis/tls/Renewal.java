// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/** What has come of looking for new certificates: see {@link TlsProfile#reload()}. */
public enum Renewal {
    /** The files say what they said before, or there are none. */
    UNCHANGED,
    /** Other certificates are presented from now on. Sessions and their tickets stay good. */
    CERTIFICATES,
    /**
     * Others are trusted from now on, or others revoked, and perhaps other certificates presented. Sessions that were
     * made before are not resumed.
     */
    TRUST
}
