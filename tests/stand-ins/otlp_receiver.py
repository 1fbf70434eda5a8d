"""A receiver of OTLP over HTTP, with the official classes. It prints its port. Needs Debian's python3-opentelemetry-proto."""
import base64
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from google.protobuf.json_format import Parse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

received = []
ID_FIELDS = ("traceId", "spanId", "parentSpanId")


def with_bytes(value):
    """OTLP writes ids in JSON as hexadecimal digits; protobuf's own JSON has base64 for all bytes."""
    if isinstance(value, list):
        return [with_bytes(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: base64.b64encode(bytes.fromhex(each)).decode() if key in ID_FIELDS else with_bytes(each)
        for key, each in value.items()
    }


def attributes(pairs):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs if pair.value.WhichOneof("value") != "array_value"}


def spans_in(request, headers):
    for resource in request.resource_spans:
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield {
                    "resource": attributes(resource.resource.attributes),
                    "name": span.name,
                    "kind": span.kind,
                    "traceId": span.trace_id.hex(),
                    "spanId": span.span_id.hex(),
                    "parentSpanId": span.parent_span_id.hex(),
                    "startedAt": span.start_time_unix_nano // 1_000_000,
                    "endedAt": span.end_time_unix_nano // 1_000_000,
                    "status": span.status.code,
                    "attributes": attributes(span.attributes),
                    "links": [
                        {
                            "traceId": link.trace_id.hex(),
                            "spanId": link.span_id.hex(),
                            "attributes": attributes(link.attributes),
                        }
                        for link in span.links
                    ],
                    "headers": headers,
                }


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.body()
        is_json = self.headers["content-type"] == "application/json"
        if self.path != "/v1/traces" or not (is_json or self.headers["content-type"] == "application/x-protobuf"):
            return self.answer(404, b"", "text/plain")
        request = ExportTraceServiceRequest()
        if is_json:
            Parse(json.dumps(with_bytes(json.loads(body))), request)
        else:
            request.ParseFromString(body)
        headers = {key.lower(): value for key, value in self.headers.items()}
        received.extend(spans_in(request, headers))
        if is_json:
            return self.answer(200, b"{}", "application/json")
        self.answer(200, ExportTraceServiceResponse().SerializeToString(), "application/x-protobuf")

    def body(self):
        """OpenTelemetry for Node.js sends chunks, which Python's server leaves to its user."""
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers["content-length"]))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def do_GET(self):
        self.answer(200, json.dumps(received).encode(), "application/json")

    def answer(self, status, body, content_type):
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
print(server.server_port, flush=True)
server.serve_forever()
