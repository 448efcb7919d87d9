// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.keys.Refusal;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of the sessions that are kept to be resumed.
 *
 * @param size how many on each side; the JDK would take zero for no bound at all
 * @param lifetime how long
 */
public record SessionCache(int size, Duration lifetime) {
    public static final SessionCache SECURE = new SessionCache(10_000, Duration.ofHours(1));

    // RFC 8446, 4.6.1: no ticket may live longer
    private static final Duration LONGEST = Duration.ofDays(7);

    public void check() {
        if (size < 1) {
            throw Refusal.of("a session cache of " + size + " is not possible; the least is 1");
        }
        if (lifetime.toSeconds() < 1 || lifetime.compareTo(LONGEST) > 0) {
            throw Refusal.of("a session lifetime of " + lifetime + " is not possible; it is from 1 second to 7 days");
        }
    }

    public void applyTo(SSLContext context) {
        applyTo(context.getServerSessionContext());
        applyTo(context.getClientSessionContext());
    }

    // A provider may have no session context on one side
    private void applyTo(@Nullable SSLSessionContext sessions) {
        if (sessions != null) {
            sessions.setSessionCacheSize(size);
            sessions.setSessionTimeout(Math.toIntExact(lifetime.toSeconds()));
        }
    }
}
