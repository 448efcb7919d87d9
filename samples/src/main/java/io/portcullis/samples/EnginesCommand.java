// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.tls.TlsCapabilities;
import io.portcullis.tls.TlsEngines;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Tells which TLS engines there are, the best first, and what each can do on this machine. */
@Command(name = "engines", description = "Lists the TLS engines, the best first, and what each can do here.")
final class EnginesCommand implements Callable<Integer> {

    @Override
    public Integer call() {
        for (TlsCapabilities engine : TlsEngines.list()) {
            System.out.println(engine.toString().replace("; ", System.lineSeparator() + "  "));
        }
        return 0;
    }
}
