/** Prometheus cannot be asked, or has not answered as it should; the message is a part of a sentence, for people. */
export class PrometheusError extends Error {
  override readonly name = 'PrometheusError';
}
