import { BinaryWriter } from 'google-protobuf';
import type { GraphNode, GraphValue, ValueType } from './graph';
import {
  DataType,
  type NativeBinding,
  type NativeValues,
  nodeBackend,
  type OperationAttribute,
} from './node-backend';

// Field numbers of TensorFlow's messages (graph.proto, node_def.proto, attr_value.proto, tensor.proto,
// tensor_shape.proto, saved_model.proto, meta_graph.proto). They never change.

/** TensorFlow 2.9, the version tfjs-node 4.22 is made for; every later one accepts it. */
const GRAPH_PRODUCER = 1087;

type Write<T> = (value: T, writer: BinaryWriter) => void;

function message<T>(writer: BinaryWriter, field: number, value: T, write: Write<T>): void {
  writer.writeMessage(field, value, write as (value: unknown, writer: unknown) => void);
}

const writeShape: Write<readonly number[]> = (shape, writer) => {
  for (const size of shape) message(writer, 2, size, (value, dim) => dim.writeInt64(1, value));
};

const ELEMENT_BYTES: Readonly<Record<number, number>> = {
  [DataType.FLOAT]: 4,
  [DataType.INT32]: 4,
  [DataType.UINT8]: 1,
  [DataType.INT64]: 8,
  [DataType.BOOL]: 1,
};

/** The elements of a constant, or one of them where all are equal. */
export function constantBytes(dtype: number, values: ArrayBufferView): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const width = ELEMENT_BYTES[dtype] ?? 0;
  // Every byte equals the one an element before it: compared in one piece.
  const uniform =
    bytes.length > width &&
    Buffer.compare(bytes.subarray(width), bytes.subarray(0, bytes.length - width)) === 0;
  return uniform ? bytes.slice(0, width) : bytes.slice();
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** All elements of a constant as the typed array tfjs-node makes tensors of. */
export function constantValues({ dtype, shape }: ValueType, bytes: Uint8Array): NativeValues {
  const full = new Uint8Array(elements(shape) * (ELEMENT_BYTES[dtype] ?? 0));
  for (let at = 0; at < full.length; at += bytes.length) full.set(bytes, at);
  if (dtype === DataType.FLOAT) return new Float32Array(full.buffer);
  return ELEMENT_BYTES[dtype] === 1 ? full : new Int32Array(full.buffer);
}

const writeTensor: Write<{ type: ValueType; bytes: Uint8Array }> = ({ type, bytes }, writer) => {
  writer.writeEnum(1, type.dtype);
  message(writer, 2, type.shape, writeShape);
  if (bytes.length === elements(type.shape) * (ELEMENT_BYTES[type.dtype] ?? 0)) {
    writer.writeBytes(4, bytes);
    return;
  }
  // TensorFlow repeats the last element given in these fields.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type.dtype === DataType.FLOAT) writer.writePackedFloat(5, [view.getFloat32(0, true)]);
  else if (type.dtype === DataType.INT32) writer.writePackedInt32(7, [view.getInt32(0, true)]);
  else if (type.dtype === DataType.UINT8) writer.writePackedInt32(7, [view.getUint8(0)]);
  else if (type.dtype === DataType.BOOL) writer.writePackedBool(11, [view.getUint8(0) !== 0]);
  else writer.writePackedInt64(10, [Number(view.getBigInt64(0, true))]);
};

function stringBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(String(value));
}

/** Writes one attribute's AttrValue; a list becomes a ListValue. */
function attributeWriter(binding: NativeBinding, attribute: OperationAttribute): Write<unknown> {
  const { type } = attribute;
  const scalar = (value: unknown, writer: BinaryWriter): void => {
    if (type === binding.TF_ATTR_STRING) writer.writeBytes(2, stringBytes(value));
    else if (type === binding.TF_ATTR_INT) writer.writeInt64(3, Number(value));
    else if (type === binding.TF_ATTR_FLOAT) writer.writeFloat(4, Number(value));
    else if (type === binding.TF_ATTR_BOOL) writer.writeBool(5, Boolean(value));
    else if (type === binding.TF_ATTR_TYPE) writer.writeEnum(6, Number(value));
    else throw new TypeError(`attribute ${attribute.name} has the unknown type ${type}`);
  };
  return (value, writer) => {
    if (type === binding.TF_ATTR_SHAPE) message(writer, 7, value as number[], writeShape);
    else if (Array.isArray(value)) {
      message(writer, 1, value as unknown[], (values, list) => {
        for (const element of values) scalar(element, list);
      });
    } else scalar(value, writer);
  };
}

function attribute<T>(writer: BinaryWriter, name: string, value: T, write: Write<T>): void {
  message(writer, 5, value, (_, entry) => {
    entry.writeString(1, name);
    message(entry, 2, value, write);
  });
}

function inputName({ node, output }: GraphValue): string {
  return output === 0 ? node.name : `${node.name}:${output}`;
}

const writeNode: Write<GraphNode> = (node, writer) => {
  const type = node.outputs[0] as ValueType;
  writer.writeString(1, node.name);
  if (node.kind === 'placeholder') {
    writer.writeString(2, 'Placeholder');
    attribute(writer, 'dtype', type.dtype, (value, attr) => attr.writeEnum(6, value));
    attribute(writer, 'shape', type.shape, (value, attr) => message(attr, 7, value, writeShape));
  } else if (node.kind === 'constant') {
    writer.writeString(2, 'Const');
    attribute(writer, 'dtype', type.dtype, (value, attr) => attr.writeEnum(6, value));
    attribute(writer, 'value', { type, bytes: node.bytes }, (value, attr) =>
      message(attr, 8, value, writeTensor),
    );
  } else {
    writer.writeString(2, node.operation);
    for (const input of node.inputs) writer.writeString(3, inputName(input));
    const { binding } = nodeBackend();
    for (const each of node.attributes) {
      attribute(writer, each.name, each.value, attributeWriter(binding, each));
    }
  }
};

/** A SavedModel that holds the nodes as its only graph, with the tag `serve`; it has no variables of its own. */
export function savedModelBytes(nodes: readonly GraphNode[]): Uint8Array {
  const writer = new BinaryWriter();
  writer.writeInt64(1, 1);
  message(writer, 2, nodes, (_, metaGraph) => {
    message(metaGraph, 1, 'serve', (tag, info) => info.writeString(4, tag));
    message(metaGraph, 2, nodes, (all, graph) => {
      for (const node of all) message(graph, 1, node, writeNode);
      message(graph, 4, GRAPH_PRODUCER, (producer, versions) => versions.writeInt32(1, producer));
    });
  });
  return writer.getResultBuffer();
}
