// SPDX-License-Identifier: Apache-2.0
/**
 * The TLS engine {@code boringssl}: BoringSSL through the {@code SSLEngine} of Netty's tcnative. Profiles select it
 * with {@link io.portcullis.tls.TlsProfileBuilder#engine engine("boringssl")}; applications call nothing in this
 * package.
 *
 * <p>Start reading at {@link io.portcullis.engines.boringssl.BoringSslProvider}. This package depends on
 * {@code io.portcullis.tls} and Netty.
 */
@NullMarked
package io.portcullis.engines.boringssl;

import org.jspecify.annotations.NullMarked;
