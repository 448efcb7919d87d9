// SPDX-License-Identifier: Apache-2.0
/**
 * The sans-IO core: filters that transform network bytes to application bytes and back, without a socket, a thread or a
 * clock.
 *
 * <p>Start reading at {@link io.portcullis.tls.Step}, then {@link io.portcullis.tls.TlsFilter}. A
 * {@link io.portcullis.tls.TlsProfile} is the immutable configuration that creates filters;
 * {@link io.portcullis.tls.spi.TlsEngine} is the interface to a TLS implementation. Keys and the JDK's engines are in
 * {@code io.portcullis.internal}.
 */
@NullMarked
package io.portcullis.tls;

import org.jspecify.annotations.NullMarked;
