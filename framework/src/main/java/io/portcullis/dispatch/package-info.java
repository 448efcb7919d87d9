// SPDX-License-Identifier: Apache-2.0
/**
 * Entry points of an application: {@link io.portcullis.dispatch.Server} and {@link io.portcullis.dispatch.Client},
 * which share the threads of a {@link io.portcullis.dispatch.Dispatcher}, and
 * {@link io.portcullis.dispatch.ConnectionPool}. Create a {@code Dispatcher} first, pass it to
 * {@link io.portcullis.dispatch.Server#builder Server.builder} or {@link io.portcullis.dispatch.Client#builder
 * Client.builder}, and implement {@link io.portcullis.ConnectionHandler} for the connections. This package depends on
 * the others, and none of them on it; the implementation is in {@code io.portcullis.internal}.
 */
@NullMarked
package io.portcullis.dispatch;

import org.jspecify.annotations.NullMarked;
