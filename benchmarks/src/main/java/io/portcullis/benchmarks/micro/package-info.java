// SPDX-License-Identifier: Apache-2.0
/**
 * JMH benchmarks of the framework's parts, one class for each question. Start reading at
 * {@link io.portcullis.benchmarks.micro.JmhCommand}, which runs them, then at
 * {@link io.portcullis.benchmarks.micro.Engines}, which defines their parameters.
 */
@NullMarked
package io.portcullis.benchmarks.micro;

import org.jspecify.annotations.NullMarked;
