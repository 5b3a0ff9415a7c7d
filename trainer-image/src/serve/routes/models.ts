import type { Handler } from 'hono';
import { ApiError } from '../api-error.ts';
import type { Service } from '../service.ts';

/** The OpenAI model object; what this server adds, which the chat page reads, stands under `wikigpt`. */
const modelObject = ({ model, peer }: Service) => ({
  id: model.name,
  object: 'model',
  created: model.created,
  owned_by: 'wikigpt',
  max_model_len: model.context,
  wikigpt: {
    parameters: model.parameters,
    prompt: model.style.kind,
    defaults: model.defaults,
    notice: model.notice,
    samples: model.samples,
    compareWith: peer?.name ?? null,
  },
});

/** GET /v1/models */
export const listModels =
  (service: Service): Handler =>
  (c) =>
    c.json({ object: 'list', data: [modelObject(service)] });

/** GET /v1/models/:id */
export const showModel =
  (service: Service): Handler =>
  (c) => {
    const id = c.req.param('id') ?? '';
    if (id !== service.model.name)
      throw new ApiError(
        'model_not_found',
        `The model "${id.slice(0, 80)}" is not served here; "${service.model.name}" is.`,
      );
    return c.json(modelObject(service));
  };
