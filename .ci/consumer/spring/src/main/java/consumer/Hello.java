// SPDX-License-Identifier: Apache-2.0
package consumer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.micrometer.core.instrument.MeterRegistry;
import io.portcullis.Connection;
import io.portcullis.frame.LineHandler;

/** Says hello over HTTP if the connection is measured. */
final class Hello extends LineHandler {
    private final MeterRegistry meters;

    Hello(MeterRegistry meters) {
        super(8192);
        this.meters = meters;
    }

    @Override
    protected void onLine(Connection connection, String line) {
        if (line.isEmpty()) {
            boolean measured = meters.get("portcullis.connections.accepted").counters().stream()
                    .anyMatch(accepted -> accepted.count() > 0);
            String status = measured && meters.get("portcullis.dispatcher.threads").gauge().value() > 0
                    ? "200 OK"
                    : "500 Internal Server Error";
            connection.write("HTTP/1.1 " + status + "\r\nContent-Length: 6\r\n\r\nhello\n", US_ASCII);
        }
    }
}
