// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.net.InetSocketAddress;

/** A new transport and what is known of it. */
record Wire(long id, InetSocketAddress remoteAddress, InetSocketAddress localAddress, Transport transport) {}
