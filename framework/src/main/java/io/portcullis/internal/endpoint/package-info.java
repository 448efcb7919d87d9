// SPDX-License-Identifier: Apache-2.0
/**
 * What the connections of one server or client have in common: their settings, their number, their drain, and whoever
 * is told of them. Open {@link io.portcullis.internal.endpoint.Endpoint} first. It imports what lies below. Internal:
 * may change with any release.
 */
@NullMarked
package io.portcullis.internal.endpoint;

import org.jspecify.annotations.NullMarked;
