// SPDX-License-Identifier: Apache-2.0
/**
 * A live connection: {@link io.portcullis.internal.connection.SocketConnection} asks, from any thread, and
 * {@link io.portcullis.internal.connection.ConnectionDriver} does, on the strand, with the parts. It imports
 * {@code internal.parts} and what lies below; what a server or client is to its connections is the interface
 * {@link io.portcullis.internal.connection.Home}. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.connection;

import org.jspecify.annotations.NullMarked;
