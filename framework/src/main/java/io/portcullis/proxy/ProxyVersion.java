// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

/** The versions of the PROXY header format. */
public enum ProxyVersion {
    /** One line of text, at most 107 bytes, which contains only the addresses. */
    V1,
    /** Binary, with a length at the front, and additional fields. */
    V2
}
