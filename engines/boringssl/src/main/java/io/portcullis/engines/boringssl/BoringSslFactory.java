// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.util.ReferenceCountUtil;
import io.portcullis.tls.ClientAuth;
import io.portcullis.tls.spi.TlsEngine;
import io.portcullis.tls.spi.TlsEngineConfig;
import io.portcullis.tls.spi.TlsEngineFactory;
import java.lang.ref.Cleaner;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.StandardConstants;
import org.jspecify.annotations.Nullable;

/**
 * Creates the engines of one profile; holds the native contexts that they share.
 *
 * <p>An engine holds memory outside the heap, and a reference to this factory, until it is freed; the contexts of a
 * factory that is no longer reachable are freed by a cleaner.
 */
final class BoringSslFactory implements TlsEngineFactory {
    private static final Cleaner CLEANER = Cleaner.create();
    private static final LongAdder LIVE = new LongAdder();

    /** Used only by callers with heap buffers: the framework's buffers are direct. */
    private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    private final TlsEngineConfig config;
    private final Contexts contexts;
    private final boolean serverNeedsParameters;

    BoringSslFactory(TlsEngineConfig config) {
        this.config = config;
        this.contexts = new Contexts(config);
        this.serverNeedsParameters = config.servedName().isPresent();
        CLEANER.register(this, contexts);
        if (!config.ticketKeys().isEmpty()) {
            ticketKeys(config.ticketKeys());
        }
    }

    static long liveEngines() {
        return LIVE.sum();
    }

    @Override
    public TlsEngine server() {
        SSLEngine engine = contexts.server().newEngine(ALLOCATOR);
        LIVE.increment();
        if (serverNeedsParameters) {
            engine.setSSLParameters(serverParameters());
        }
        return TlsEngine.ofNative(engine, () -> release(engine));
    }

    @Override
    public TlsEngine client(String host, int port, @Nullable SNIHostName name) {
        SSLEngine engine = contexts.client().newEngine(ALLOCATOR, host, port);
        LIVE.increment();
        engine.setSSLParameters(clientParameters(name));
        return TlsEngine.ofNative(engine, () -> release(engine));
    }

    // Not static: an engine in use keeps its factory reachable, and thus the context
    private void release(SSLEngine engine) {
        LIVE.decrement();
        ReferenceCountUtil.release(engine);
    }

    @Override
    public void ticketKeys(List<byte[]> keys) {
        OpenSslSessionTicketKey[] split =
                keys.stream().map(BoringSslFactory::split).toArray(OpenSslSessionTicketKey[]::new);
        ((OpenSslSessionContext) contexts.server().sessionContext()).setTicketKeys(split);
    }

    private static OpenSslSessionTicketKey split(byte[] key) {
        int hmac = OpenSslSessionTicketKey.NAME_SIZE;
        int aes = hmac + OpenSslSessionTicketKey.HMAC_KEY_SIZE;
        return new OpenSslSessionTicketKey(
                Arrays.copyOf(key, hmac),
                Arrays.copyOfRange(key, hmac, aes),
                Arrays.copyOfRange(key, aes, OpenSslSessionTicketKey.TICKET_KEY_SIZE));
    }

    // Null values leave the settings of the context unchanged
    private SSLParameters clientParameters(@Nullable SNIHostName name) {
        SSLParameters parameters = new SSLParameters();
        parameters.setEndpointIdentificationAlgorithm(config.verifiesServerName() ? "HTTPS" : null);
        parameters.setServerNames(name == null ? List.of() : List.of(name));
        return parameters;
    }

    private SSLParameters serverParameters() {
        SSLParameters parameters = new SSLParameters();
        config.servedName().ifPresent(served -> parameters.setSNIMatchers(List.of(matcher(served))));
        parameters.setUseCipherSuitesOrder(true);
        if (config.clientAuth() == ClientAuth.NEED) {
            parameters.setNeedClientAuth(true);
        } else {
            parameters.setWantClientAuth(config.clientAuth() == ClientAuth.WANT);
        }
        return parameters;
    }

    private static SNIMatcher matcher(Predicate<String> served) {
        return new SNIMatcher(StandardConstants.SNI_HOST_NAME) {
            @Override
            public boolean matches(SNIServerName name) {
                return served.test(new String(name.getEncoded(), StandardCharsets.UTF_8));
            }
        };
    }
}
