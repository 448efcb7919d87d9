// SPDX-License-Identifier: Apache-2.0
/**
 * The engines of the JDK and of providers like Conscrypt behind {@link io.portcullis.tls.spi.TlsEngine}, and what they
 * are asked for. Open {@link io.portcullis.internal.engine.SslEngineAdapter} first. It imports the seam of {@code tls},
 * and {@code internal.keys}. Internal: may change with any release.
 */
@NullMarked
package io.portcullis.internal.engine;

import org.jspecify.annotations.NullMarked;
