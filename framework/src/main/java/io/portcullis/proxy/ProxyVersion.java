// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

/** The two forms of a PROXY header on the wire. */
public enum ProxyVersion {
    /** One line of text, at most 107 bytes: addresses and nothing else. */
    V1,
    /** Binary, with a length in front, and room for more than addresses. */
    V2
}
