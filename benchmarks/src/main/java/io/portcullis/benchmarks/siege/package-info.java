// SPDX-License-Identifier: Apache-2.0
/**
 * What honest clients notice while thousands of others attack: the server, the attackers and the honest clients in
 * processes of their own. {@link io.portcullis.benchmarks.siege.SiegeCommand} puts them together; knows nothing of the
 * comparison.
 */
@NullMarked
package io.portcullis.benchmarks.siege;

import org.jspecify.annotations.NullMarked;
