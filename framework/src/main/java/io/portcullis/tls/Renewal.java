// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/** The result of {@link TlsProfile#reload()}. */
public enum Renewal {
    /** The contents of the files have not changed, or there are no files. */
    UNCHANGED,
    /** New certificates are presented from now on. Sessions and tickets remain valid. */
    CERTIFICATES,
    /**
     * The trusted certificates or the CRLs have changed, and possibly also the certificates that are presented. Earlier
     * sessions are not resumed.
     */
    TRUST
}
