// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.load.Count;
import io.portcullis.benchmarks.load.Demand;
import io.portcullis.benchmarks.process.Child;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.json.JsonMapper;

/** A load that runs as a separate process, as implemented by {@code LoadCommand}. */
final class LoadProcess implements Loader {
    private static final long START_SECONDS = 60;
    private static final long REPLY_SECONDS = 2_400;

    private final JsonMapper json = JsonMapper.shared();
    private final Child child;
    private final String description;

    LoadProcess(List<String> command, Path errors) throws IOException {
        child = new Child(command, errors);
        String first = child.readLine(START_SECONDS);
        if (first == null || !first.startsWith("ready ")) {
            child.close();
            throw new IOException("the load does not start" + child.errorTail());
        }
        description = first.substring("ready ".length());
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public Count open(Demand demand) throws IOException {
        return send("open " + json.writeValueAsString(demand));
    }

    @Override
    public Count window(Duration length) throws IOException {
        return send(String.format(Locale.ROOT, "window %.3f", length.toNanos() / 1e9));
    }

    @Override
    public void closeConnections() throws IOException {
        send("close");
    }

    @Override
    public void close() {
        child.close();
    }

    private Count send(String order) throws IOException {
        child.send(order);
        String response = child.readLine(REPLY_SECONDS);
        if (response == null) {
            throw new IOException("the load does not respond");
        }
        if (!response.startsWith("ok ")) {
            throw new IOException(response.replaceFirst("^failed ", ""));
        }
        return json.readValue(response.substring(3), Count.class);
    }
}
