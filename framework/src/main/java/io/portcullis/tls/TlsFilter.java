// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/** Stub. */
public final class TlsFilter {
    private TlsFilter() {}
}
