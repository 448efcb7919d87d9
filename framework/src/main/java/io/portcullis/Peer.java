// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.proxy.ProxyHeader;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What is known of a new connection before a byte of it was looked at.
 *
 * @param address the client's address: behind a PROXY header the one that it names, otherwise the other end of the TCP
 *     connection
 * @param localAddress the address on this side
 * @param proxyHeader what a trusted proxy said of the connection, if it came with a header
 */
public record Peer(InetSocketAddress address, InetSocketAddress localAddress, Optional<ProxyHeader> proxyHeader) {}
