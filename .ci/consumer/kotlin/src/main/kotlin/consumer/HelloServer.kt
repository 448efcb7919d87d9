// SPDX-License-Identifier: Apache-2.0
package consumer

import io.portcullis.CloseReason
import io.portcullis.Connection
import io.portcullis.Gate
import io.portcullis.dispatch.Dispatcher
import io.portcullis.dispatch.Server
import io.portcullis.frame.LineHandler
import io.portcullis.testkit.SelfSignedCertificate
import java.net.InetAddress
import java.net.InetSocketAddress
import java.nio.file.Path
import kotlin.text.Charsets.US_ASCII

/** Says hello over HTTP. The compiler takes nullability from the annotations of the framework (JSpecify). */
class Hello : LineHandler(8192) {
    override fun onLine(connection: Connection, line: String) {
        if (line.isEmpty()) {
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n", US_ASCII)
        }
    }

    override fun onClose(connection: Connection, reason: CloseReason, cause: Throwable?) {
        System.err.println("${reason.name} ${cause?.message ?: ""}")
    }
}

/** Serves until the process ends. Prints both ports on one line, the plain one first. */
fun main(arguments: Array<String>) {
    val certificate = SelfSignedCertificate.create()
    certificate.writeTo(Path.of(arguments[0]))
    val anyPort = InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0)
    Dispatcher.create().use { dispatcher ->
        Server.builder(dispatcher)
            .listen(anyPort, Gate.plain())
            .listen(anyPort, Gate.tls(certificate.serverProfile()))
            .handler(::Hello)
            .start()
            .use { server ->
                println(server.addresses().joinToString(" ") { it.port.toString() })
                server.awaitClosed()
            }
    }
}
