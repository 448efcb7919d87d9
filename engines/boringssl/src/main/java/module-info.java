// SPDX-License-Identifier: Apache-2.0
/** The TLS engine {@code boringssl} for Portcullis. */
module io.portcullis.engines.boringssl {
    requires io.netty.buffer;
    requires io.netty.common;
    requires io.netty.handler;
    requires io.netty.tcnative.classes.openssl;
    requires io.portcullis;
    requires static org.jspecify;

    exports io.portcullis.engines.boringssl;

    provides io.portcullis.tls.spi.TlsEngineProvider with
            io.portcullis.engines.boringssl.BoringSslProvider;
}
