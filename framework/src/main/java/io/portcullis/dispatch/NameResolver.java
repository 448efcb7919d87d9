// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Resolves host names to addresses; a client can be configured with its own. */
@FunctionalInterface
public interface NameResolver {

    /**
     * Returns the resolver of the JDK, which queries the operating system and caches results according to the security
     * property {@code networkaddress.cache.ttl}.
     *
     * @return the resolver
     */
    static NameResolver system() {
        return host -> CompletableFuture.completedFuture(List.of(InetAddress.getAllByName(host)));
    }

    /**
     * Starts to resolve a name. Called on one of the dispatcher's threads for lookups, which serve nothing else. The
     * method may block, but then no more names are resolved at a time than there are such threads (8, or
     * {@code taskThreads} if that is more); or it may return a stage that completes later, on any thread. Not called
     * for a host that is an address.
     *
     * @param host the name
     * @return a stage that completes with the addresses, in order of preference within each family; an empty list means
     *     that the name does not exist
     * @throws IOException if the name cannot be resolved
     */
    CompletionStage<List<InetAddress>> resolve(String host) throws IOException;
}
