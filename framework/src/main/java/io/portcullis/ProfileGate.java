// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.tls.Filter;
import io.portcullis.tls.TlsProfile;
import java.util.List;
import java.util.function.Supplier;

/**
 * A gate that knows beforehand which profiles it may choose.
 *
 * @param profiles all of them
 * @param filters opens a connection
 */
record ProfileGate(List<TlsProfile> profiles, Supplier<Filter> filters) implements Gate {

    @Override
    public Filter open() {
        return filters.get();
    }
}
