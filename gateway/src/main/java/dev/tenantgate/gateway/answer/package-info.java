/**
 * Answers that are kept from a client until it is known which tenant's they are: in memory while
 * they are short, in a file beyond that.
 */
@NullMarked
package dev.tenantgate.gateway.answer;

import org.jspecify.annotations.NullMarked;
