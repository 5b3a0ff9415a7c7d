import { publishFolder } from '../../trainer-image/src/artifacts/publish-folder.ts';
import { resolveExisting } from '../../trainer-image/src/artifacts/resolve.ts';
import { storesAt } from '../../trainer-image/src/artifacts/stores.fixture.ts';

// One copy in a process of its own, so that a test can kill it: publish URI ROOT FOLDER, or fetch URI ROOT [DataInvalid].
const [verb, uri = '', root = '', folder = ''] = process.argv.slice(2);
const stores = storesAt(root, process.env);
if (verb === 'publish') await publishFolder({ uri }, stores, folder);
else await resolveExisting({ uri }, stores, folder === 'DataInvalid' ? folder : 'ModelIncompatible');
