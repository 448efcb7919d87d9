// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.keys.Refusal;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSessionContext;
import org.jspecify.annotations.Nullable;

/**
 * The limits of the cache of resumable sessions.
 *
 * @param size the number of sessions on each side; the JDK would interpret zero as unlimited
 * @param lifetime how long a session can be resumed
 */
public record SessionCache(int size, Duration lifetime) {
    public static final SessionCache SECURE = new SessionCache(10_000, Duration.ofHours(1));

    // RFC 8446, 4.6.1: the maximum lifetime of a ticket
    private static final Duration LONGEST = Duration.ofDays(7);

    public void check() {
        if (size < 1) {
            throw Refusal.of("a session cache of " + size + " is not possible; the minimum is 1");
        }
        if (lifetime.toSeconds() < 1 || lifetime.compareTo(LONGEST) > 0) {
            throw Refusal.of(
                    "a session lifetime of " + lifetime + " is not possible; it must be from 1 second to 7 days");
        }
    }

    public void applyTo(SSLContext context) {
        applyTo(context.getServerSessionContext());
        applyTo(context.getClientSessionContext());
    }

    // a provider may have no session context on one side
    private void applyTo(@Nullable SSLSessionContext sessions) {
        if (sessions != null) {
            sessions.setSessionCacheSize(size);
            sessions.setSessionTimeout(Math.toIntExact(lifetime.toSeconds()));
        }
    }
}
