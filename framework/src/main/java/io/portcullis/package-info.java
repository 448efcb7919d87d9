// SPDX-License-Identifier: Apache-2.0
/**
 * The central types of the framework's API: {@link io.portcullis.Connection}, the callbacks of its
 * {@link io.portcullis.ConnectionHandler}, the {@link io.portcullis.Gate} that decides what a connection is, and the
 * reason for which it ended ({@link io.portcullis.CloseReason}).
 *
 * <p>Start with {@link io.portcullis.ConnectionHandler}, and with {@code io.portcullis.dispatch.Server}, which calls
 * it. This package depends only on {@code io.portcullis.tls} and the JDK.
 */
@NullMarked
package io.portcullis;

import org.jspecify.annotations.NullMarked;
