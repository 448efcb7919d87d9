// SPDX-License-Identifier: Apache-2.0
/**
 * The TLS engine {@code boringssl}: BoringSSL through the {@code SSLEngine} of Netty's tcnative. Profiles get it by
 * {@link io.portcullis.tls.TlsProfileBuilder#engine engine("boringssl")}; nothing here is called by users.
 *
 * <p>Open {@link io.portcullis.engines.boringssl.BoringSslProvider} first. This room imports {@code io.portcullis.tls}
 * and Netty.
 */
@NullMarked
package io.portcullis.engines.boringssl;

import org.jspecify.annotations.NullMarked;
