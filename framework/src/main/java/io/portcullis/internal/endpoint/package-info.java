// SPDX-License-Identifier: Apache-2.0
/**
 * The shared state of the connections of one server or client: settings, number, drain and observers. Start reading at
 * {@link io.portcullis.internal.endpoint.Endpoint}. Depends on the packages below it. Internal: may change in any
 * release.
 */
@NullMarked
package io.portcullis.internal.endpoint;

import org.jspecify.annotations.NullMarked;
