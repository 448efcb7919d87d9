// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.conformance;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import io.portcullis.tls.TestEngine;
import java.security.Security;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Installs Amazon's provider of algorithms under the JDK's engine, before the first test, if that is what is under
 * test.
 */
public final class CorrettoProvider implements LauncherSessionListener {
    /** For JUnit, which finds it by the service loader. */
    public CorrettoProvider() {}

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        if (TestEngine.is("accp") && available()) {
            AmazonCorrettoCryptoProvider.install();
        }
    }

    /** Whether the provider has its library for this system. */
    static boolean available() {
        return AmazonCorrettoCryptoProvider.INSTANCE.getLoadingError() == null;
    }

    /** Whether it is the first that the JDK asks. */
    static boolean installed() {
        return Security.getProviders()[0].getName().equals(AmazonCorrettoCryptoProvider.PROVIDER_NAME);
    }
}
