// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Finds the addresses of a host by its name; a client may be given one of its own. */
@FunctionalInterface
public interface NameResolver {

    /**
     * The resolver of the JDK, which asks the operating system and keeps answers as the security property
     * {@code networkaddress.cache.ttl} says.
     *
     * @return the resolver
     */
    static NameResolver system() {
        return host -> CompletableFuture.completedFuture(List.of(InetAddress.getAllByName(host)));
    }

    /**
     * Begins to resolve a name. Called on one of the dispatcher's threads for look-ups, which nothing else shares, so
     * it may block, though no more names than there are such threads (8, or {@code taskThreads} if that is more) are
     * then resolved at a time; or it may answer later, on any thread. Not called for a host that is an address.
     *
     * @param host the name
     * @return the addresses, in the order of preference within each family; none means that the name does not exist
     * @throws IOException if the name cannot be resolved
     */
    CompletionStage<List<InetAddress>> resolve(String host) throws IOException;
}
