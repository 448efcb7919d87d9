// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.security.Principal;
import java.security.cert.Certificate;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/** A session that has only sizes and names: optional operations are not supported. */
final class ScriptedSession extends ExtendedSSLSession {
    private final int packetSize;
    private final int applicationSize;

    private final @Nullable RuntimeException thrown;

    ScriptedSession(int packetSize, int applicationSize) {
        this(packetSize, applicationSize, null);
    }

    /** A session whose optional getters throw, as they may because of peer data. */
    ScriptedSession(int packetSize, int applicationSize, @Nullable RuntimeException thrown) {
        this.packetSize = packetSize;
        this.applicationSize = applicationSize;
        this.thrown = thrown;
    }

    @Override
    public List<SNIServerName> getRequestedServerNames() {
        throw thrown != null ? thrown : new UnsupportedOperationException();
    }

    @Override
    public int getPacketBufferSize() {
        return packetSize;
    }

    @Override
    public int getApplicationBufferSize() {
        return applicationSize;
    }

    @Override
    public String getProtocol() {
        return "TLSv1.3";
    }

    @Override
    public String getCipherSuite() {
        return "TLS_AES_128_GCM_SHA256";
    }

    @Override
    public Certificate[] getPeerCertificates() throws SSLPeerUnverifiedException {
        if (thrown != null) {
            throw thrown;
        }
        throw new SSLPeerUnverifiedException("scripted");
    }

    @Override
    public Certificate[] getLocalCertificates() {
        return new Certificate[0];
    }

    @Override
    public Principal getPeerPrincipal() throws SSLPeerUnverifiedException {
        throw new SSLPeerUnverifiedException("scripted");
    }

    @Override
    public Principal getLocalPrincipal() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String[] getLocalSupportedSignatureAlgorithms() {
        return new String[0];
    }

    @Override
    public String[] getPeerSupportedSignatureAlgorithms() {
        return new String[0];
    }

    @Override
    public byte[] getId() {
        return new byte[0];
    }

    @Override
    public SSLSessionContext getSessionContext() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long getCreationTime() {
        return 0;
    }

    @Override
    public long getLastAccessedTime() {
        return 0;
    }

    @Override
    public void invalidate() {}

    @Override
    public boolean isValid() {
        return true;
    }

    @Override
    public void putValue(String name, Object value) {}

    @Override
    public Object getValue(String name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void removeValue(String name) {}

    @Override
    public String[] getValueNames() {
        return new String[0];
    }

    @Override
    public String getPeerHost() {
        return "peer";
    }

    @Override
    public int getPeerPort() {
        return 0;
    }
}
