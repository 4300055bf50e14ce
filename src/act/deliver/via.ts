/** RFC 9110 §7.6.3; a pseudonym, because a host's name is nobody's business. */
export const VIA = '1.1 haulout'
