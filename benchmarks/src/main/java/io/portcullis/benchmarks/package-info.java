// SPDX-License-Identifier: Apache-2.0
/** JMH benchmarks of the framework, one class for each question. Run them with {@code java -jar portcullis-benchmarks.jar}. */
@NullMarked
package io.portcullis.benchmarks;

import org.jspecify.annotations.NullMarked;
