// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The open connections of a server. May be queried on any thread. */
final class LiveConnections implements ConnectionObserver {
    private final ConcurrentNavigableMap<Long, Live> all = new ConcurrentSkipListMap<>();

    /** A connection with its mode. */
    static final class Live {
        private final Connection connection;
        private volatile Mode mode = Mode.OPENING;

        Live(Connection connection) {
            this.connection = connection;
        }

        Connection connection() {
            return connection;
        }

        /** Returns the current mode. */
        Mode mode() {
            return mode == Mode.PLAIN && connection.session().isPresent() ? Mode.UPGRADED : mode;
        }
    }

    /** The mode of a connection, named as in the tags of the meters. */
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

    /** Returns up to the given number of connections, newest first. */
    List<Live> newest(int most) {
        return all.descendingMap().values().stream().limit(most).toList();
    }
}
