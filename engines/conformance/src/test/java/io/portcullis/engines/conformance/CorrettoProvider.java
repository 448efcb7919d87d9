// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.conformance;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import io.portcullis.tls.TestEngine;
import java.security.Security;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Installs Amazon's algorithm provider for the JDK's engine, before the first test, if it is the engine under test. */
public final class CorrettoProvider implements LauncherSessionListener {
    /** Called by JUnit through the service loader. */
    public CorrettoProvider() {}

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        if (TestEngine.is("accp") && available()) {
            AmazonCorrettoCryptoProvider.install();
        }
    }

    /** Returns whether the provider has a library for this system. */
    static boolean available() {
        return AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError() == null;
    }

    /** Returns whether it is the JDK's preferred provider. */
    static boolean installed() {
        return Security.getProviders()[0].getName().equals(AmazonCorrettoCryptoProvider.PROVIDER_NAME);
    }
}
