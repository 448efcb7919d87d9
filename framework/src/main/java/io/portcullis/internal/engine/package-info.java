// SPDX-License-Identifier: Apache-2.0
/**
 * Adapts the engines of the JDK and of providers like Conscrypt to {@link io.portcullis.tls.spi.TlsEngine}, and checks
 * their capabilities. Start reading at {@link io.portcullis.internal.engine.SslEngineAdapter}. Depends on
 * {@code tls.spi} and {@code internal.keys}. Internal: may change in any release.
 */
@NullMarked
package io.portcullis.internal.engine;

import org.jspecify.annotations.NullMarked;
