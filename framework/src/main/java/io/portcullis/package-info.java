// SPDX-License-Identifier: Apache-2.0
/**
 * The central types of the framework's API: {@link io.portcullis.Connection}, the callbacks of its
 * {@link io.portcullis.ConnectionHandler}, the {@link io.portcullis.Gate} that decides what a connection is, and the
 * reason for which it ended ({@link io.portcullis.CloseReason}).
 *
 * <p>This package imports {@code io.portcullis.tls} and the JDK. Open {@link io.portcullis.ConnectionHandler} first.
 */
@NullMarked
package io.portcullis;

import org.jspecify.annotations.NullMarked;
