// SPDX-License-Identifier: Apache-2.0
/**
 * A live connection. {@link io.portcullis.internal.connection.SocketConnection} accepts requests from any thread, and
 * {@link io.portcullis.internal.connection.ConnectionDriver} carries them out on the strand, using the parts. The
 * package imports {@code internal.parts} and the packages below it; connections see their server or client through the
 * interface {@link io.portcullis.internal.connection.Home}. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.connection;

import org.jspecify.annotations.NullMarked;
