// SPDX-License-Identifier: Apache-2.0
/**
 * The doors ({@link io.portcullis.dispatch.Server}, {@link io.portcullis.dispatch.Client},
 * {@link io.portcullis.dispatch.Dispatcher}) and, package-private behind them, the machine that moves bytes between
 * sockets, filters and handlers. It imports the other rooms; none imports it. Open
 * {@link io.portcullis.dispatch.Dispatcher} first, {@code SocketConnection} for the machine.
 */
@NullMarked
package io.portcullis.dispatch;

import org.jspecify.annotations.NullMarked;
