// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The connections of a server that have not ended. Asked on any thread. */
final class LiveConnections implements ConnectionObserver {
    private final ConcurrentNavigableMap<Long, Live> all = new ConcurrentSkipListMap<>();

    /** A connection, and what it has been. */
    static final class Live {
        private final Connection connection;
        private volatile Mode mode = Mode.OPENING;

        Live(Connection connection) {
            this.connection = connection;
        }

        Connection connection() {
            return connection;
        }

        /** What it is now. */
        Mode mode() {
            return mode == Mode.PLAIN && connection.session().isPresent() ? Mode.UPGRADED : mode;
        }
    }

    /** What a connection is, as the tags of the meters name it. */
    enum Mode {
        OPENING,
        PLAIN,
        TLS,
        UPGRADED
    }

    @Override
    public void onAccepted(Connection connection) {
        all.put(connection.id(), new Live(connection));
    }

    @Override
    public void onOpened(Connection connection) {
        Live live = all.get(connection.id());
        if (live != null) {
            live.mode = connection.session().isPresent() ? Mode.TLS : Mode.PLAIN;
        }
    }

    @Override
    public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        all.remove(connection.id());
    }

    int count() {
        return all.size();
    }

    /** So many of them at most, the newest first. */
    List<Live> newest(int most) {
        return all.descendingMap().values().stream().limit(most).toList();
    }
}
