// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.tls.TlsCapabilities;
import io.portcullis.tls.TlsEngines;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Lists the TLS engines, best first, with the capabilities of each on this machine. */
@Command(name = "engines", description = "Lists the TLS engines, best first, and their capabilities on this machine.")
final class EnginesCommand implements Callable<Integer> {

    @Override
    public Integer call() {
        for (TlsCapabilities engine : TlsEngines.list()) {
            System.out.println(engine.toString().replace("; ", System.lineSeparator() + "  "));
        }
        return 0;
    }
}
