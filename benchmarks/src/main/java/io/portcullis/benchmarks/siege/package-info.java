// SPDX-License-Identifier: Apache-2.0
/**
 * Measures how honest clients fare while thousands of others attack; the server, the attackers and the honest clients
 * are separate processes. {@link io.portcullis.benchmarks.siege.SiegeCommand} runs them. Independent of the comparison.
 */
@NullMarked
package io.portcullis.benchmarks.siege;

import org.jspecify.annotations.NullMarked;
