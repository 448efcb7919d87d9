// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.proxy.ProxyHeader;
import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What is known of a new connection before any of its bytes is examined.
 *
 * @param address the client's address: the one in the PROXY header if there is one, otherwise the other end of the TCP
 *     connection
 * @param localAddress the local address
 * @param proxyHeader the header that a trusted proxy sent for the connection, if any
 */
public record Peer(InetSocketAddress address, InetSocketAddress localAddress, Optional<ProxyHeader> proxyHeader) {}
